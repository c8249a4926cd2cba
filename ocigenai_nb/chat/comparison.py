"""What several models answered to one prompt: replies in a row, a DataFrame, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from ocigenai_nb.core.errors import OCIGenAIError, UsageError
from ocigenai_nb.core.suggestions import suggest

from .reply import Reply

if TYPE_CHECKING:
    import pandas as pd

_TYPES = {
    "model": "string",
    "transport": "string",
    "try": "int64",
    "text": "string",
    "ttft": "float64",
    "total": "float64",
    "tokens_per_second": "float64",
    "input_tokens": "Int64",
    "output_tokens": "Int64",
    "cost": "float64",
    "status": "string",
    "error": "string",
}


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Sequence[Reply]):
    """The replies of several models to one prompt, model by model, try by try.

    A number, a slice or a model's id picks of them; of a model's tries an id picks the first. What
    failed is a reply, too: it has its `error`, with a remedy, and whatever came of the text.
    `connection.compare()` makes one, and so does `%%ocichat` with several `-m` and `-o`.
    """

    replies: tuple[Reply, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were asked, in order."""
        return tuple(dict.fromkeys(reply.route.model for reply in self.replies))

    @property
    def tries(self) -> tuple[int, ...]:
        """Which try of its model each reply is, from 1."""
        seen: Counter[str] = Counter()
        numbers = []
        for reply in self.replies:
            seen[reply.route.model] += 1
            numbers.append(seen[reply.route.model])
        return tuple(numbers)

    @property
    def df(self) -> pd.DataFrame:
        """A row for each reply.

        `ttft` (to the first token) and `total` are in seconds, `cost` is an estimate in US dollars
        of what it would cost of the service; what isn't known is missing. `status` is "finished",
        "failed" or "interrupted", `error` says why.
        """
        import pandas as pd

        rows = [_row(reply, number) for reply, number in zip(self, self.tries, strict=True)]
        return pd.DataFrame(rows, columns=list(_TYPES), dtype="object").astype(_TYPES)

    def __len__(self) -> int:
        return len(self.replies)

    def __iter__(self) -> Iterator[Reply]:
        return iter(self.replies)

    @overload
    def __getitem__(self, name: int | str) -> Reply: ...
    @overload
    def __getitem__(self, name: slice) -> tuple[Reply, ...]: ...
    def __getitem__(self, name: int | str | slice) -> Reply | tuple[Reply, ...]:
        if not isinstance(name, str):
            return self.replies[name]
        for reply in self.replies:
            if reply.route.model.lower() == name.lower():
                return reply
        raise UsageError(
            f"{name!r} is not in this comparison.{suggest(name, self.models)}",
            remedy=f"Models: {', '.join(self.models)}.",
        )

    def __repr__(self) -> str:
        ended = Counter(reply.status for reply in self.replies)
        counts = ", ".join(f"{count} {status}" for status, count in ended.items())
        return f"Comparison({', '.join(self.models)}: {counts})"

    def __str__(self) -> str:
        from .side_by_side import write_plain

        return write_plain(self)

    def _repr_markdown_(self) -> str:
        from .side_by_side import write_markdown

        return write_markdown(self)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001 (IPython's own)
        printer.text(str(self))


def _row(reply: Reply, number: int) -> list[object]:
    """The cells of a reply, in the order of `_TYPES`."""
    usage, timing, cost = reply.usage, reply.timing, reply.cost
    return [
        reply.route.model,
        reply.route.transport,
        number,
        reply.text,
        timing.ttft,
        timing.total,
        timing.tokens_per_second,
        usage.input if usage else None,
        usage.output if usage else None,
        cost.amount if cost else None,
        reply.status,
        describe_error(reply.error),
    ]


def describe_error(error: OCIGenAIError | None) -> str | None:
    """An error in one line: its kind, what happened, what to do; None where there is none."""
    return None if error is None else f"{type(error).__name__}: {' '.join(error.lines())}"

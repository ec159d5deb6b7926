"""Failures that a user reads as one sentence."""

from __future__ import annotations

from inspector.names import show_name


class InspectorError(Exception):
    """A failure with its subject, what was found, what was expected and the next step.

    Attributes:
        code: short stable word for programs, such as ``truncated`` or ``not-found``.
        subject: the file, tensor or option that the failure is about.
        found: what was found, as a clause.
        expected: what was expected, as a clause; may be empty.
        next_step: what the user can do, as a sentence; may be empty.
    """

    def __init__(
        self, code: str, subject: object, found: str, expected: str = "", next_step: str = ""
    ) -> None:
        self.code = code
        self.subject = show_name(subject)
        self.found = found
        self.expected = expected
        self.next_step = next_step
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """The whole failure in one or two sentences."""
        text = f"{self.subject}: {self.found}"
        if self.expected:
            text += f"; expected {self.expected}"
        text = text.rstrip(".") + "."
        return f"{text} {self.next_step}" if self.next_step else text

    def to_dict(self) -> dict[str, str]:
        """The failure as plain JSON values."""
        return {
            "code": self.code,
            "subject": self.subject,
            "found": self.found,
            "expected": self.expected,
            "next_step": self.next_step,
            "sentence": self.sentence,
        }


class TraceError(InspectorError):
    """A file or folder that cannot be read as (part of) a trace."""


class UsageError(InspectorError):
    """An option, a mapping file or a request that cannot be carried out."""


class Cancelled(Exception):
    """Raised by a progress callback to stop the work that calls it."""

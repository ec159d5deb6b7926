"""The form of an error: gain, sign, order, shift, lost bias, padding, clipping, rounding ...

from inspector.diagnose.form import find_forms

report = find_forms(reference, candidate)
print(report.best.sentence, report.best.leaves)
"""

from __future__ import annotations

from inspector.diagnose.form.context import FormContext
from inspector.diagnose.form.finding import find_forms
from inspector.diagnose.form.report import Form, FormReport

__all__ = ["Form", "FormContext", "FormReport", "find_forms"]

"""The words that programs write where there is no value."""

NOBODY = ("", "n/a", "nan", "NaN", "null", "NULL", "None", "N/A", "#N/A", "<NA>", "NaT", "-")
"""What they write where nobody is meant."""
MAYBE_NOBODY = "NA"
"""The same, unless the column's other names are as short: Namibia among codes of countries."""
ABSENT = (*NOBODY, MAYBE_NOBODY)
"""What they write where there is no value."""

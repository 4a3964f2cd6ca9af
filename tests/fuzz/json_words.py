"""What inputs of doors that read JSON are made of: its signs, and values that are odd."""

from typing import Final

JSON_WORDS: Final = (
    *("{", "}", "[", "]", ",", ":", '"', "null", "true", "false", "0", "-999", "1e308", "[[[[[[[["),
    *("\\ud800", "\\u0000", "\n"),
)

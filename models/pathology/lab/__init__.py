"""Generated reports and the evaluation of the reader on them; no real reports were available."""

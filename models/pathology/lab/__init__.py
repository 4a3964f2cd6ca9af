"""Generated reports, and how well they are read: no real report was at hand."""

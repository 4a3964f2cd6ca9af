"""The ward board: what the topics tell of every bed, on a page in a browser. It shows and changes nothing."""

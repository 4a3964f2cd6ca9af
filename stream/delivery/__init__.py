"""Records in and out without loss: Faust's transport mended, decoding, confirmed sends, settling, dead letters."""

"""What is known, without I/O: scores, alarm and treatment rules, the LSTM, the CNNs, their training and evaluation."""

"""The risk of sepsis: data, features, the LSTM, its training and its evaluation."""

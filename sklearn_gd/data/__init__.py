"""The way in: rows, labels and weights, checked and encoded for training."""

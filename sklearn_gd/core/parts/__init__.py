"""What judges a training run: one small interface, a file for each part."""

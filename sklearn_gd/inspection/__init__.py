"""Looking inside: gradients in numbers and words, paths, pictures."""

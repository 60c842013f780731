//! How good a classifier is, counted from its confusion matrix.

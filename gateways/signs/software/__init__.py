"""Signs that are programmes, for tests, training and `make run`: they speak as real ones do, and are bad on demand."""

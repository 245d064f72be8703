"""Landing: the program that brings every topic into its raw table."""

"""The product's words and rules as pure values and functions: no input, no output, no clock."""

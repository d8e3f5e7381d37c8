"""Exports: what lists show, as files for a spreadsheet, written as they are read from the store."""

"""Layouts of the forms as data: one JSON file a form, in millimetres from the page's top-left corner."""

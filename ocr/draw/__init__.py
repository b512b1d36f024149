"""Drawing filled forms and photographing them: for the demo, the tests and the training. Nothing here reads a form."""

"""The layout editor: a page on this machine in which a new form is described over a picture of the blank one."""

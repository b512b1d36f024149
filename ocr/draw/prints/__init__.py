"""What is printed on the forms besides what their layouts name: rules, texts, dotted lines. One JSON file a layout."""

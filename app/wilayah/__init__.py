"""Electoral geography: regions and polling stations by KPU's codes. Only ``codes.py`` parses a code."""

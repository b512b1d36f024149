"""Elections as data: contests, choices, forms, sections, identities, policy. No code knows a number of candidates."""

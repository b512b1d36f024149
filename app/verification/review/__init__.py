"""What a person with experience is asked to look at: disputes, odd results, copies that were altered; and overrides."""

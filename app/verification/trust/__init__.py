"""What is known of each reader: counted, estimated, told to him; pausing those who read too carelessly."""

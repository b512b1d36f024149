"""Published files: what is counted, as immutable files that any web server, CDN or USB stick can carry."""

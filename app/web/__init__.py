"""The pages: public, volunteer, monitor. Server-rendered; Indonesian first, English second."""

"""What DICOM senders store here: each instance on disk before it is answered, each quiet study one event."""

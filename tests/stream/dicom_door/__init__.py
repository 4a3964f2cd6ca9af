"""Tests of stream/dicom_door."""

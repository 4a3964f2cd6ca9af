"""Decode lossy 12 bit JPEG (Process 4), which old scanners write: GDCM can, but pydicom does not use GDCM for it."""

import gdcm  # type: ignore[import-untyped]  # ships no stubs
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset


def decode_jpeg12(stream: bytes, header: Dataset) -> NDArray[np.uint16]:
    """Return the stored values [H, W] of one grey frame. Raises ValueError for several samples or another size."""
    if header.SamplesPerPixel != 1 or header.BitsAllocated != 16:  # noqa: PLR2004 bits
        reason = "not one sample of 16 bit"
        raise ValueError(reason)
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(stream)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((header.Columns, header.Rows, 1))
    image.SetDataElement(element)
    meaning = gdcm.PhotometricInterpretation.GetPIType(header.PhotometricInterpretation)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(meaning))
    syntax = gdcm.TransferSyntax.GetTSType(str(header.file_meta.TransferSyntaxUID))
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    bits = int(header.BitsStored)
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, bits, bits - 1, int(header.PixelRepresentation)))
    decoded = image.GetBuffer().encode("utf-8", "surrogateescape")  # GDCM returns bytes as text
    return np.frombuffer(decoded, dtype="<u2").reshape(header.Rows, header.Columns)

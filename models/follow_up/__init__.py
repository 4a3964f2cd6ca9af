"""What follows from findings in images: nodules of the lung, retinopathy, lesions of the breast. Tables, no I/O."""

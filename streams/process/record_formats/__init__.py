"""Record formats: values behind the header of a schema registry, made the JSON that a mapping or Transaction reads."""

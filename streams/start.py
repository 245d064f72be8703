"""Start: imported first by a program, so that a taxonomy that cannot be used ends it in one line.

The categories are fixed when they are imported, long before a program reads its other settings.
"""

import sys

try:
    import schemas.taxonomy  # noqa: F401 - its import reads the file
except ValueError as error:  # TaxonomyError cannot be imported where its room cannot
    sys.stderr.write(f"{' '.join(str(error).split())}\n")
    sys.exit(getattr(error, "exit_code", 1))

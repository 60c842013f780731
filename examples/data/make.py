#!/usr/bin/env python3
"""Makes fma_mfcc.zip and fma_echonest.zip, two small tables of real tracks in the layout of fma_metadata.zip.

    python3 make.py SOURCE

SOURCE holds the folders fma_mfcc and fma_echonest, each with a features.csv and a tracks.csv in FMA's layout. Features
are packed as they are, byte for byte. Of tracks.csv the rows with features are kept, and the four columns that a split
or a genre needs. The archives are the same bytes each time: entries have no date of their own.
"""

import csv
import io
import pathlib
import sys
import zipfile

COLUMNS = [("artist", "id"), ("set", "split"), ("set", "subset"), ("track", "genre_top")]

ATTRIBUTION = """\
Real tracks of the Free Music Archive (FMA): ids, artists, official sets, genres and features.

From the FMA metadata by Michael Defferrard, Kirell Benzi, Pierre Vandergheynst and Xavier Bresson,
"FMA: A Dataset For Music Analysis", ISMIR 2017, https://github.com/mdeff/fma,
licensed under Creative Commons Attribution 4.0, https://creativecommons.org/licenses/by/4.0/.
Changed: a selection of rows and columns, nothing else.
"""


def tracks(source, wanted):
    """The header and the wanted rows of tracks.csv, four columns of each."""
    with open(source, newline="", encoding="utf-8") as file:
        groups, names, index, *rows = csv.reader(file)
    at = [list(zip(groups, names)).index(column) for column in COLUMNS]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in [groups, names, index, *(row for row in rows if row[0] in wanted)]:
        writer.writerow([row[0], *(row[i] for i in at)])
    return out.getvalue()


def pack(source, target):
    features = (source / "features.csv").read_text(encoding="utf-8")
    ids = {row[0] for row in list(csv.reader(io.StringIO(features)))[4:]}
    entries = {
        "ATTRIBUTION.txt": ATTRIBUTION,
        "features.csv": features,
        "tracks.csv": tracks(source / "tracks.csv", ids),
    }
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in entries.items():
            entry = zipfile.ZipInfo(f"{target.stem}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text.encode(), compress_type=zipfile.ZIP_BZIP2, compresslevel=9)
    print(f"{target}: {len(ids)} tracks, {target.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for table in ["fma_mfcc", "fma_echonest"]:
        pack(pathlib.Path(sys.argv[1]) / table, pathlib.Path(__file__).with_name(table + ".zip"))

"""Which shape a file has, and everything it says. Total: whatever the bytes, it returns rows and refusals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from parking.catalogue.rows import DeviceRow, Imported, PlaceRow, RowRefusal, SpaceRow, Where
from sensors.bodies import geojson_system, json_records
from sensors.catalogue.cells import Cells
from sensors.catalogue.geojson import GEOMETRY, properties_as_cells, with_geometry, with_point
from sensors.catalogue.rows import SHAPES, Shape
from sensors.catalogue.tables import read_table
from sensors.contract import RecordRefusedError
from sensors.dialect import as_utf8


@dataclass
class _Collected:
    places: list[PlaceRow] = field(default_factory=list)
    spaces: list[SpaceRow] = field(default_factory=list)
    devices: list[DeviceRow] = field(default_factory=list)
    refusals: list[RowRefusal] = field(default_factory=list)
    warnings: list[RowRefusal] = field(default_factory=list)

    def take(self, row: PlaceRow | SpaceRow | DeviceRow, cells: Cells) -> None:
        """Keep a row, or what is wrong with it; what it lost of what it need not have is a warning."""
        self.warnings += cells.warnings
        if cells.refusals:
            self.refusals += cells.refusals
        elif isinstance(row, PlaceRow):
            self.places.append(row)
        elif isinstance(row, SpaceRow):
            self.spaces.append(row)
        else:
            self.devices.append(row)

    def imported(self, notes: Iterable[str] = ()) -> Imported:
        """Everything collected."""
        return Imported(
            tuple(self.places),
            tuple(self.spaces),
            tuple(self.devices),
            tuple(self.refusals),
            (*notes, *map(str, self.warnings)),
        )


def read_file(file: str, payload: bytes) -> Imported:
    """What a file says: GeoJSON where its first character is a brace, else a table."""
    text = as_utf8(payload.lstrip())
    return _read_geojson(file, text) if text.startswith(b"{") else _read_csv(file, payload)


def _read_csv(file: str, payload: bytes) -> Imported:
    table, kept = read_table(file, payload), _Collected()
    kept.refusals += table.refusals
    if not table.columns:
        return kept.imported()
    shape = _shape_of(table.columns)
    if shape is None:
        detail = (
            f"none of the columns {', '.join(table.columns)[:200]} is known here: sites need id and name (or BNLS id "
            f"and nom), spaces zone and space, devices source, device and place"
        )
        return Imported(refusals=(RowRefusal(Where(file, 1), "", detail),))
    _, known, reader = shape
    for where, row in table.rows:
        cells = Cells(where, row)
        kept.take(reader(cells), cells)
    strangers = [name for name in table.columns if name not in known]
    return kept.imported([f"{file}: these columns were not read: {', '.join(strangers)}"] if strangers else ())


def _shape_of(columns: Iterable[str]) -> Shape | None:
    return next((shape for shape in SHAPES if shape[0] <= set(columns)), None)


def _read_geojson(file: str, payload: bytes) -> Imported:
    kept, strangers, system = _Collected(), set[str](), geojson_system(payload)
    try:
        records = json_records(payload, "features")
    except RecordRefusedError as error:
        detail = f"not a FeatureCollection: {error.detail}; export it as GeoJSON in WGS 84"
        return Imported(refusals=(RowRefusal(Where(file, 0), "", detail),))
    for number, record in enumerate(records, start=1):
        where = Where(file, number, "feature")
        if isinstance(record, RecordRefusedError):
            kept.refusals.append(RowRefusal(where, "", f"{record.detail}; correct it"))
            continue
        try:
            strangers |= _take_feature(kept, where, record.fields, system)
        except RecursionError:
            kept.refusals.append(RowRefusal(where, "", "is nested too deeply to be a place; correct it"))
    return kept.imported(
        [f"{file}: these properties were not read: {', '.join(sorted(strangers))}"] if strangers else ()
    )


def _take_feature(kept: _Collected, where: Where, feature: Mapping[str, object], system: object) -> set[str]:
    """Keep one feature; returns its properties that nobody reads."""
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        detail = "must be an object: a place needs id and name"
        kept.refusals.append(RowRefusal(where, "properties", detail))
        return set()
    row = properties_as_cells(properties)
    cells, shape = Cells(where, row, system), _shape_of(row)
    if shape is None:
        detail = "a place needs id and name, a space zone and space, a device source, device and place"
        kept.refusals.append(RowRefusal(where, "properties", detail))
        return set()
    read, geometry = shape[2](cells), feature.get(GEOMETRY)
    if isinstance(read, PlaceRow):
        read = with_geometry(read, cells, geometry)
    elif isinstance(read, SpaceRow):
        read = with_point(read, cells, geometry)
    kept.take(read, cells)
    return set(row) - set(shape[1])

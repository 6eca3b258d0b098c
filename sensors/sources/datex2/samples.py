"""Small payloads, written by us in the source's shape."""

PAYLOAD = (
    b'<d2LogicalModel xmlns="http://datex2.eu/schema/2/2_0"><payloadPublication><publicationTime>2026-05-04T11:59:'
    b"30Z</publicationTime><genericPublicationExtension><parkingStatusPublication><parkingRecordStatus>"
    b'<parkingRecordReference id="P1"/><parkingStatusOriginTime>2026-05-04T13:59:00+02:00</parkingStatusOriginTime>'
    b"<parkingOccupancy><parkingNumberOfSpacesOverride>9</parkingNumberOfSpacesOverride><parkingNumberOfVacantSpaces>3"
    b"</parkingNumberOfVacantSpaces></parkingOccupancy><parkingSiteOpeningStatus>open</parkingSiteOpeningStatus>"
    b"</parkingRecordStatus></parkingStatusPublication></genericPublicationExtension></payloadPublication>"
    b"</d2LogicalModel>"
)

MORE = (
    b'<?xml version="1.0"?><d2LogicalModel xmlns="http://datex2.eu/schema/2/2_0"><payloadPublication>'
    b"<publicationTime>2026-05-04T11:59:30Z</publicationTime></payloadPublication></d2LogicalModel>",
)
"""For the fuzzer alone: a publication of nothing."""

"""Small sound payloads, written by us in the source's shapes."""

PAYLOAD = (
    b'[{"id":"urn:ngsi-ld:OffStreetParking:example:P1","type":"OffStreetParking","name":{"type":"Property","value":"Nord"},'
    b'"status":{"type":"Property","value":["open"]},"totalSpotNumber":{"type":"Property","value":90},'
    b'"availableSpotNumber":{"type":"Property","value":12,"observedAt":"2026-05-04T11:59:00Z"},'
    b'"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[-3.8,43.46]}},'
    b'"@context":["https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"]},'
    b'{"id":"example:S1","type":"ParkingSpot","status":{"type":"Text","value":"occupied","metadata":{"timestamp":'
    b'{"type":"DateTime","value":"2026-05-04T11:58:00Z"}}},"refParkingSite":{"type":"Relationship","value":"example:A"}}]'
)
MORE = (
    b'{"id":"urn:ngsi-ld:Notification:1","type":"Notification","subscriptionId":"urn:ngsi-ld:Subscription:1","data":['
    b'{"id":"G1","type":"ParkingGroup","category":["onlyDisabled"],"availableSpotNumber":1,"totalSpotNumber":2}]}',
)

"""Small sound payloads, written by us in the source's shapes."""

PAYLOAD = (
    b'<Siri xmlns="http://www.siri.org.uk/siri" version="2.1"><ServiceDelivery>'
    b"<ResponseTimestamp>2026-05-04T13:59:00+02:00</ResponseTimestamp>"
    b'<FacilityMonitoringDelivery version="2.1"><FacilityCondition><FacilityRef>FR:Parking:P1</FacilityRef>'
    b"<FacilityStatus><Status>available</Status></FacilityStatus><MonitoredCounting>"
    b"<CountingType>availabilityCount</CountingType><CountedFeatureUnit>bays</CountedFeatureUnit><Count>12</Count>"
    b"</MonitoredCounting></FacilityCondition></FacilityMonitoringDelivery></ServiceDelivery></Siri>"
)
MORE = (
    b'{"Siri":{"ServiceDelivery":{"ResponseTimestamp":"2026-05-04T11:59:00Z","FacilityMonitoringDelivery":[{'
    b'"FacilityCondition":[{"FacilityRef":{"value":"P2"},"FacilityStatus":{"Status":"partiallyAvailable"},'
    b'"MonitoredCounting":{"CountingType":"availabilityCount","countedFeatureUnit":"bays","Count":3}}]}]}}}',
)

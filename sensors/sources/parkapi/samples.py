"""Small sound payloads, written by us in the source's shapes."""

PAYLOAD = (
    b'{"items":[{"id":7,"source_id":3,"original_uid":"P1","name":"Mitte","lat":"48.7000000","lon":"9.1000000",'
    b'"purpose":"CAR","capacity":80,"capacity_disabled":4,"has_realtime_data":true,"realtime_opening_status":"OPEN",'
    b'"realtime_capacity":78,"realtime_free_capacity":12,"realtime_free_capacity_disabled":1,'
    b'"realtime_data_updated_at":"2026-05-04T11:58:00Z"}],"total_count":1}'
)
MORE = (
    b'{"last_updated":"2026-05-04T11:59:00","last_downloaded":"2026-05-04T11:59:30","lots":[{"id":"examplenord",'
    b'"name":"Nord","free":5,"total":40,"state":"open","coords":{"lat":51.0,"lng":13.7},"lot_type":"Parkhaus"}]}',
    b'{"items":[{"id":9,"source_id":3,"original_uid":"S1","lat":"48.7","lon":"9.1","purpose":"CAR","parking_site_id":7,'
    b'"has_realtime_data":true,"realtime_status":"TAKEN","realtime_data_updated_at":"2026-05-04T11:58:00Z"}]}',
)

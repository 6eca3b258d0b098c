"""Small sound inputs, written by us in the sources' shapes, for whoever wants to break them (``fuzzing``)."""

from types import MappingProxyType

FRAMES = MappingProxyType(
    {
        "bosch_tps110": ((1, "01"), (2, "0115"), (3, "240300007503000000000000001D020301")),
        "dingtek_do200": (
            (3, "800002011500201000016F0079FFB0FFF500030081"),
            (3, "800032021706B4100001610010FFF6FFF0152D00010081"),
            (3, "8000020311000B18020A05A0003C000081"),
            (3, "80003203100101181E3C003C14000081"),
        ),
        "libelium_parking": (
            (1, "8114000A05330000000000"),
            (1, "840106160801010100014B"),
            (1, "090A00001F00C60561ED91"),
        ),
        "nwave_nps310sm": ((1, "01"), (2, "00"), (3, "010D000201")),
        "nwave_nps405": ((1, "95"), (2, "00D3D800590B"), (3, "0204090200"), (10, "D1201F345678"), (10, "D11F345678")),
        "placepod": ((1, "026700C3376601"), (1, "0302015E156600"), (1, "3F0101210081"), (1, "AABBCC376600")),
        "tekzipark": ((1, "A11502B01234"), (1, "201502"), (2, "A0150201FF0300FE02000708")),
    }
)
"""By LoRaWAN source: the port, and the payload as hex."""

UPLINKS = (
    b'{"deviceInfo":{"devEui":"00DB1a2b3c4d5e6f"},"fPort":1,"data":"AQ==","time":"2026-05-04T11:59:00Z"}',
    b'{"end_device_ids":{"dev_eui":"00DB1A2B3C4D5E6F"},"uplink_message":{"f_port":2,"frm_payload":"AQ=="}}\n{"a":1}',
)

BODIES = MappingProxyType(
    {
        "counter": b'{"device":"a","at":"2026-05-04T11:59:00Z","type":"lane","entries":3,"exits":1,"category":"ev"}\n'
        b'{"device":"b","at":"2026-05-04T13:59:30+02:00","type":"barrier","barrier":"broken","battery_v":3.1,"x":[1]}',
        "datex2": b'<?xml version="1.0"?><d2LogicalModel xmlns="http://datex2.eu/schema/2/2_0"><payloadPublication>'
        b"<publicationTime>2026-05-04T11:59:30Z</publicationTime></payloadPublication></d2LogicalModel>",
        "german_series": b"timestamp,a,b\n2026-05-04T11:59:00+00:00,5,\n",
        "los_angeles": b"SpaceID,EventTime_UTC,OccupancyState\nCB1,05/04/2026 11:59:00 AM,VACANT\n",
        "nantes": b'{"results":[{"idobj":"1","grp_statut":5,"grp_disponible":3,"grp_exploitation":9,'
        b'"grp_horodatage":"2026-05-04T11:59:00+00:00"}]}',
        "strasbourg": b'{"records":[{"fields":{"ident":10,"etat":1,"libre":5,"total":9,"infousager":"0"},'
        b'"record_timestamp":"2026-05-04T11:59:00+00:00"}]}',
        "ulm": b'[{"id":"pbg-b-o-1-001","timestamp":"2026-05-04T11:59:00.000Z","occupied":false}]',
    }
)
"""By source; one that has none here is fed those of the others."""

"""The complete example of docs/mapping/mapped.md, and a body for it."""

EXAMPLE = """\
[source]
name = "exempleville"                    # its name here: placelibre adapters, rejects and settings call it so
about = "Exempleville, car parks"
city = "exempleville"                    # the tenant
zone = "Europe/Paris"                    # of times that say none
licence = "Licence Ouverte 2.0"          # where none is stated: licence_by = "who must be asked"
feeds = ["https://data.exempleville.example/api/parkings?lang=fr"]
poll_every_s = 60
valid_for_s = 900                        # how long a number holds

[body]
format = "json"
records = "data.parkings"                # the list of records

[record]
id = "code"
missing = [-1, 9999, "n/a"]              # what stands for "no number": unknown, never 0

[time]
at = "updated"
format = ["iso", "%d/%m/%Y %H:%M:%S"]    # the first that fits

[[status]]
at = "state"
open = ["OUVERT", 1]
full = ["COMPLET"]
closed = ["FERME", 0]
not_counted = ["HS"]                     # the counter is out of service: its number is not read

[[count]]
vacant = "free.all"
capacity = "spaces.all"

[[count]]
category = "disabled"
vacant = "free.pmr"
capacity = "spaces.pmr"

[place]
name = "name"
lon = "lon"
lat = "lat"
"""

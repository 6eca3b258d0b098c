"""Variable message signs: what stands at the road, what it may show, and why. Pure: no IO, no clock.

``model`` is the inventory, ``plan`` what a sign is to show now, ``face`` what that looks like whatever the protocol,
``orders`` what operators say. A sign that has nothing true to show is dark.
"""

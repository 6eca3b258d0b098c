"""The French national schema of car parks: every column is kept, and none costs its row."""

from __future__ import annotations

import pytest

from gateways.documents import details_document
from parking.catalogue.merging import merge
from sensors.catalogue.reading import read_file
from sensors.catalogue.writing import write_geojson, write_tables
from tests.support import TENANT

FULL = (
    "id,nom,insee,adresse,url,type_usagers,gratuit,nb_places,nb_pr,nb_pmr,nb_voitures_electriques,nb_velo,nb_2r_el,"
    "nb_autopartage,nb_2_rm,nb_covoit,hauteur_max,num_siret,Xlong,Ylat,tarif_pmr,tarif_1h,tarif_2h,tarif_3h,tarif_4h,"
    "tarif_24h,abo_resident,abo_non_resident,type_ouvrage,info\n"
    "44109-P-1,HALLES,44109,1 rue,https://example.org/p,Tous usagers,N,300,10,8,4,20,2,3,6,1,190,214 401 093 00015,"
    '-1.55,47.21,normal_payant,2.5,"5,00 €",7.5,10,24,60.99,79.99,Ouvrage,"Ouvert <b>24 h</b>;\ngardé &amp; sûr"\n'
)
DETAILS = {
    "insee": "44109", "url": "https://example.org/p", "users": "everyone", "is_free": False, "spaces_park_and_ride": 10,
    "spaces_disabled": 8, "spaces_ev": 4, "spaces_bike": 20, "spaces_electric_two_wheeler": 2, "spaces_car_share": 3,
    "spaces_motorcycle": 6, "spaces_carpool": 1, "operator_siret": "21440109300015", "disabled_tariff": "normal",
    "price_1h_cents": 250, "price_2h_cents": 500, "price_3h_cents": 750, "price_4h_cents": 1000,
    "price_24h_cents": 2400, "season_resident_cents": 6099, "season_cents": 7999, "structure": "building",
    "info": "Ouvert 24 h ; gardé & sûr",
}  # fmt: skip


def test_every_column_of_the_french_schema_is_kept_and_comes_back_from_an_export() -> None:
    read = read_file("bnls.csv", FULL.encode())
    assert (read.refusals, read.notes) == ((), ())
    (place,) = merge(TENANT, [], read).changed
    assert details_document(place) == DETAILS
    for text in (write_geojson([place]), write_tables([place])["sites.csv"]):
        assert merge(TENANT, [place], read_file("x", text.encode())) == ([], [])
        assert merge(TENANT, [], read_file("x", text.encode())).changed == [place]


def test_the_first_versions_names_of_the_columns_are_read_too() -> None:
    old = "id_park;nom_park;ad_park;type_usag;nb_voit_el;nb_2rm;num_SIRET;t1h;ab_r;ab_nr;type_ouvr\n"
    read = read_file("bnls.csv", (old + "a;A;rue;abonnés;4;6;21440109300015;0;60;70;enclos_en_surface\n").encode())
    assert (read.refusals, read.notes) == ((), ())
    assert read.places[0].stated == {
        "name": "A", "address": "rue", "users": "subscribers", "spaces_ev": 4, "spaces_motorcycle": 6,
        "operator_siret": "21440109300015", "price_1h_cents": 0, "season_resident_cents": 6000, "season_cents": 7000,
        "structure": "surface",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("tarif_1h", "2 à 3 €"), ("tarif_24h", "-5"), ("abo_resident", "voir site"), ("nb_pmr", "quelques"),
        ("nb_voitures_electriques", "-1"), ("gratuit", "peut-être"), ("tarif_pmr", "voir"), ("type_usagers", "VIP"),
        ("type_ouvrage", "bateau"), ("num_siret", "123"), ("url", "javascript:alert(1)"), ("url", "www.example.org"),
        ("url", 'https://x"onclick='), ("info", "x" * 1001), ("insee", "x" * 400), ("adresse", "x" * 400),
    ],
)  # fmt: skip
def test_a_detail_that_cannot_be_read_is_a_warning_with_its_cell_and_costs_nothing(column: str, cell: str) -> None:
    quoted = cell.replace('"', '""')
    read = read_file("b.csv", f'id,nom,nb_places,{column}\na,A,5,"{quoted}"\n'.encode())
    assert read.refusals == ()
    assert read.places[0].stated == {"name": "A", "capacity": 5}
    (note,) = read.notes
    assert note.startswith(f"b.csv row 2, column {column}: ")


def test_our_own_columns_say_the_same_and_bad_words_are_warnings() -> None:
    read = read_file("s.csv", b"id,name,is_free,users,price_1h_cents,url\na,A,yes,subscribers,250,https://x.org\n")
    assert read.places[0].stated == {
        "name": "A", "is_free": True, "users": "subscribers", "price_1h_cents": 250, "url": "https://x.org",
    }  # fmt: skip
    odd = read_file("s.csv", b"id,name,is_free,users\na,A,perhaps,vip\n")
    assert odd.places[0].stated == {"name": "A"}
    assert len(odd.notes) == 2

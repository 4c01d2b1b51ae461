"""Muscles under an electrode, from the name of its channel."""

from __future__ import annotations

import re

__all__ = ["muscles_of_channel", "side_of_channel"]

_GLUTEUS_MAXIMUS = ("glmax1", "glmax2", "glmax3")
_GLUTEUS_MEDIUS = ("glmed1", "glmed2", "glmed3")
#: Muscles of a leg by channel name: lower case, letters only, without the side. The abbreviations are from SENIAM and
#: OpenSim's models; an electrode over several muscles names all of them.
_NAMES: dict[tuple[str, ...], str] = {
    ("soleus",): "soleus sol so",
    ("gasmed",): "medgas gasmed gasm gm mg gastrocmed gastrocnemiusmedialis medialgastrocnemius medgastroc "
    "gastrocnemiusmedial gastrocmedialis",
    ("gaslat",): "latgas gaslat gasl gl lg gastroclat gastrocnemiuslateralis lateralgastrocnemius latgastroc "
    "gastrocnemiuslateral gastroclateralis",
    ("gasmed", "gaslat"): "gastrocnemius gastroc gas gast gastrocnemii",
    ("tibant",): "tibant ta tibialisanterior tibialant anteriortibialis tibialis",
    ("tibpost",): "tibpost tp tibialisposterior",
    ("perlong",): "perlong pl peroneuslongus peroneus fibularislongus per",
    ("perbrev",): "perbrev pb peroneusbrevis fibularisbrevis",
    ("semimem",): "semimem sm semimembranosus",
    ("semiten",): "semiten st semitendinosus",
    ("semimem", "semiten"): "hamstrings hams ham medialhamstrings medham medialhamstring hamstringsmedial mh "
    "medialharmstring",
    ("bflh",): "bflh bifemlh bf bicepsfemoris bicepsfem bicfem biceps bicepsfemorislonghead bicepsfemlh bicepslh "
    "lateralhamstrings latham lateralhamstring lh",
    ("bfsh",): "bfsh bifemsh bicepsfemorisshorthead bicepsfemsh",
    ("vaslat",): "vaslat vl vastuslateralis vastuslat lateralvastus",
    ("vasmed",): "vasmed vm vastusmedialis vastusmed medialvastus vmo",
    ("vasint",): "vasint vi vastusintermedius",
    ("vaslat", "vasmed"): "vastus vasti vas",
    ("recfem",): "recfem rectfem rf rectusfemoris rectus",
    _GLUTEUS_MAXIMUS: "gluteusmaximus glutmax gmax glmax glumax gluteus gluteal glut",
    _GLUTEUS_MEDIUS: "gluteusmedius glutmed gmed glmed glumed",
    ("addlong",): "addlong al adductorlongus",
    ("addlong", "addbrev", "addmagProx"): "adductors adductor add",
    ("grac",): "grac gra gracilis gr",
    ("sart",): "sart sar sartorius",
    ("tfl",): "tfl tensorfasciaelatae tensorfascialatae",
    ("psoas", "iliacus"): "iliopsoas psoas ilio",
}
_MUSCLES = {name: muscles for muscles, names in _NAMES.items() for name in names.split()}
_SIDES = {"r": "r", "right": "r", "rt": "r", "l": "l", "left": "l", "lt": "l"}
#: Words that say nothing about the muscle.
_EMPTY = {"emg", "env", "envelope", "activation", "activity", "raw", "ch", "channel", "delsys", "trigno", "im",
          "voltage", "sensor", "mv", "v", "uv"}  # fmt: skip


def muscles_of_channel(name: str) -> tuple[str, ...]:
    """Return the muscles of a leg that a channel's name means, without a side; empty if the name is unknown.

    "gastrocnemius" means both heads, "hamstrings" the medial ones, "vastus" lateralis and medialis, "gluteus" the
    maximus.
    """
    return _parts(name)[0]


def side_of_channel(name: str) -> str:
    """Return "r" or "l" if the channel's name gives a side, otherwise ""."""
    return _parts(name)[1]


def _parts(name: str) -> tuple[tuple[str, ...], str]:
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", re.sub(r"[\[(].*", "", name))]
    words = [word for word in words if word not in _EMPTY]
    sides = {_SIDES[word] for word in words if word in _SIDES}
    told = "".join(word for word in words if word not in _SIDES)
    side = sides.pop() if len(sides) == 1 else ""
    found = _MUSCLES.get(told, ())
    if not found and not side and told[:1] in _SIDES and told[1:] in _MUSCLES:
        found, side = _MUSCLES[told[1:]], told[0]  # RTA, LSOL
    return found, side

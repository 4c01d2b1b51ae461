"""Tables of the grammar: verbs, ways, manners, numbers, units, shapes, joints, fillers, and unsupported actions."""

from __future__ import annotations

__all__ = [
    "CANNOT",
    "FILLERS",
    "IRREGULAR",
    "JOINTS",
    "MANNERS",
    "NO_TYPOS",
    "NUMBERS",
    "SHAPES",
    "UNITS",
    "VERBS",
    "WAYS",
]


def _table(text: str) -> dict[str, list[str]]:
    """Return the words of each meaning, from lines "meaning: words"; a line without a colon continues the last one."""
    out: dict[str, list[str]] = {}
    means = ""
    for line in text.strip().splitlines():
        head, colon, rest = line.strip().partition(": ")
        if colon or head.endswith(":"):
            means = head.rstrip(":")
        out.setdefault(means, []).extend((rest if colon else "" if head.endswith(":") else head).split())
    return out


def _words(text: str) -> list[str]:
    return text.split()


VERBS = _table(
    """
    walk: walk wander hike stride
    stroll: stroll saunter amble trudge plod meander
    run: run
    dash: dash rush hurry race bolt
    jog: jog trot lope
    sprint: sprint
    march: march
    go: go move proceed advance head travel approach
    keep: continue keep resume
    stand: stand wait stay remain pause rest idle
    stop: stop halt freeze
    turn: turn pivot swivel
    spin: spin rotate twirl
    veer: veer curve swerve arc drift
    step: step
    sidestep: sidestep shuffle strafe sidle
    retreat: retreat backpedal backtrack reverse
    circle: circle loop orbit lap
    zigzag: zigzag weave slalom
    take: take make perform do complete execute
    start: start begin
    face: face
    return: return
    come: come
    quicken: accelerate quicken
    slacken: decelerate
    repeat: repeat
    pacing:
    """
)
#: Irregular forms.
IRREGULAR = _table(
    """
    run: ran
    go: went gone goes
    come: came
    stand: stood
    start: beginning began begun
    take: took taken made did does done
    walk: strode
    keep: kept
    spin: spun
    stop: froze frozen
    pacing: paced pacing
    """
)
WAYS = _table(
    """
    forward: forward fwd forwards fowards foward ahead onward onwards frontward frontwards
    backward: backward bwd backwards rearward rearwards
    back: back
    left: left leftward leftwards
    right: right rightward rightwards
    around: around round about
    sideways: sideways sideway sidewards laterally lateral
    diagonal: diagonal diagonally
    clockwise: clockwise cw
    anticlockwise: anticlockwise counterclockwise ccw
    forth: forth
    swaying: sidetoside
    opposite: opposite
    """
)
MANNERS = _table(
    """
    slow: slow slowly light lightly leisurely gently gentle carefully careful cautiously cautious lazily tiredly
        wearily calmly calm
        sluggishly unhurriedly
    fast: quickly quick fast rapidly rapid swiftly swift hurriedly hastily speedily briskly brisk energetically
    faster: faster quicker
    slower: slower
    normal: normally normal casually casual steadily steady naturally natural comfortably comfortable moderate
        moderately regular regularly average medium usual evenly smoothly smooth simply straightforwardly constant
    very: very really extremely super incredibly
    rather: quite fairly rather somewhat pretty so
    slightly: slightly slight
    gradual: gradually gradual
    sharp: sharply sharp
    sudden: abruptly abrupt suddenly sudden immediately
    brief: briefly brief
    """
)
SHAPES = _table(
    """
    place: place spot
    straight: straight line directly strait
    short: short
    long: long
    wide: wide large giant big huge
    tight: tight small tiny
    still: still motionless stationary immobile
    all: all completely fully entire whole complete entirely
    uturn: uturn uturns
    semicircle: semicircle semicircles halfcircle semicircular
    circular: circular
    curved: curved curving
    eight: figureeight
    square: square squares
    rectangle: rectangle rectangles
    triangle: triangle triangles
    radius: radius
    diameter: diameter
    leftfoot: leftfoot
    rightfoot: rightfoot
    """
)
JOINTS = _table(
    """
    then: then thne tehn next afterwards afterward later finally eventually subsequently lastly until till
    before: before
    and: and adn nad & plus
    comma: , ; . but
    while: while whilst as when
    after: after
    """
)
#: The values of number words.
NUMBERS = {
    word: float(value)
    for word, _, value in (
        pair.partition("=")
        for pair in _words(
            """
            a=1 an=1 one=1 single=1 two=2 couple=2 pair=2 three=3 few=3 some=3 several=4 four=4 five=5 six=6 seven=7
            eight=8 nine=9 ten=10 eleven=11 twelve=12 dozen=12 thirteen=13 fourteen=14 fifteen=15 sixteen=16
            seventeen=17 eighteen=18 nineteen=19 twenty=20 thirty=30 forty=40 fourty=40 fifty=50 sixty=60 seventy=70
            eighty=80 ninety=90 hundred=100 half=0.5 quarter=0.25 once=1 twice=2 thrice=3 full=1 another=1
            plushalf=0.5
            """
        )
    )
}
_DEGREE = 0.017453292519943295
#: Units: the quantity, the factor, and the spellings.
UNITS = (
    ("length", 1.0, _words("metre metres meter meters m")),
    ("length", 0.01, _words("centimetre centimetres centimeter centimeters cm")),
    ("length", 0.3048, _words("foot feet ft")),
    ("length", 0.0254, _words("inch inches")),
    ("length", 0.9144, _words("yard yards")),
    ("length", 1000.0, _words("kilometre kilometres kilometer kilometers km")),
    ("length", 1609.344, _words("mile miles")),
    ("time", 1.0, _words("second seconds sec secs s")),
    ("time", 60.0, _words("minute minutes min mins")),
    ("angle", _DEGREE, _words("degree degrees deg degs")),
    ("angle", 1.0, _words("radian radians rad")),
    ("times", 1.0, _words("time times")),
    ("turns", 1.0, _words("rotation rotations revolution revolutions")),
    ("speed", 1.0, ["mps"]),
    ("speed", 1 / 3.6, ["kmh", "kph"]),
    ("speed", 0.44704, ["mph"]),
)
#: Words that say who or where, and nothing about how the body moves.
FILLERS = frozenset(
    _words(
        """
        across actor adult again along also amount appear appears are area at away be been being bit body both
        boy by can character child corridor could course direction directions distance dude fashion fellow
        female field figure first floor for from further gait gentleman girl ground guy hallway he he's
        heading's her here hers herself hey him himself his hte human i i'm in individual individual's initially
        into is it it's its itself just kid lady let let's lets male man man's manner me men more motion
        motionally motions movement movements must my now of ok okay on one's ones only onto or's other our own
        pace path pattern people per person person's please position rate road room same seem seems shall shape
        she she's should sidewalk somebody someone speed starting stop's street subject teh that the their
        themselves there these they they're this through to too toward towards turned's walker's was way
        we were which whilst's who will with woman woman's women would you you're your
        """
    )
)
#: Actions that this body cannot do or show, by name; used for messages, and never taken for a typo.
CANNOT = _table(
    """
    jump: jump hop leap skip bounce gallop vault bound
    sit: sit kneel squat crouch duck lie lay
    fall: fall trip stumble collapse slip
    crawl: crawl creep roll slither
    climb: climb ascend descend
    stand up: standup
    stairs: stair upstair downstair staircase ladder ramp slope hill uphill downhill
    move the arms: wave punch throw catch clap grab hold carry push pull lift pick reach raise swing swat point arm hand
        elbow shoulder swung thrown held
    kick: kick stomp stamp lunge
    dance: dance waltz moonwalk
    limp: limp stagger wobble hobble
    tiptoe: tiptoe tiptoes strut sneak
    bend: bend bent lean bow stoop stretch tilt
    balance on one foot: balance onefoot
    look: look gaze glance nod thehead
    swim: swim fly skate ski
    not: not no never don't doesn't didn't without isn't can't cannot neither nor
    up or down: up down over under upward upwards downward downwards
    """
)
#: Common words that are one slip away from a known word, and must not be taken for it.
NO_TYPOS = frozenset(
    _words(
        """
        able acceleration accelerator alps alter arched averaged averages await awaited awaiting awaits backs
        backyard bean black boating bots briefs camel cameo carving casualty causal circulate clam comedy comet
        comets compelled compelling compete competed competes competing completion complexes complying computing
        constance constantly constraint consultant contained containing contended contestant continuity continuous
        continuum convinced convincing coupe coupled couples cure cured cures curing curiously curling cursing
        degenerate ding directory dong doping dose doses dozens drafted drafting drone eighteenth eighth entirety
        ever every execution executions executive executives expecting facet facets fairy farce fats feast fifteenth
        fleet flour footy forwarded fours fourteenth fourth freeing freezer gong hated hating hats healing heard
        hearing heating hundreds immediate incredible lamps lapse larger late latter lefty lien linen liner literal
        literally lopez mach mains maker makers males marc marked marking marshes masked masking matched matches
        matching meade mediums mere meteor minds mines minus moderated moderates moderator mover movers movie movies
        nineteenth norma opposites ounce packed pairs palace passing performer performers petty places placing plugs
        pods preceding proceedings processed processing quarterly quarters quartet quiet quit racer racers racking
        radiant raid rally rapids recreated recurring referring regained regretted regulars regulator rehearsing
        reiterated rejecting relations releasing remainder reminding renting repairing repeatedly repeating
        replacing reporting reset resisting resolution resolutions resorting respected respecting restoring retained
        retaining retains revealing revelation revelations revered reverted rights rotational rotting ruined ruining
        ruins russ sand sands saunders saying says scrolling scrolls sects seen serve served serves serving sevens
        seventeenth seventh seventies shining shivering shopping shorts shorty shot shrinking sibling side sided
        sides siding sight singled singles sins sixteenth skinned slaying sort spain spanning specs spine spines
        spinner sport spots springs sprinkled sprinter stacy staging stan starlight starter startled starved stated
        stationery stats stead steep steven stills storing straighten straightforward strand stranded strands stray
        streaming strikes striking striped stripes strives striving stuart subsequent superb supper sven taker
        takers talked talking tarot tasked thine thirsty thirteenth ties tights timed timer timers traveler
        travelers traveller tree trout tuned tuning turin turing waist wanderers wanting wasting wearing weaver
        widen wider wilde wits wondered wondering wonders writing
        """
    )
)

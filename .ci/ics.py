#!/usr/bin/python3
"""Calendar files, read by a parser that is not ours: an invitation, its move, its cancellation, in the order of names.

ics.py FILE.ics…
"""

import datetime
import sys

import icalendar

ROLES = {"REQ-PARTICIPANT", "OPT-PARTICIPANT"}


def event_of(raw):
    """The method and the one event of a file."""
    assert raw.endswith(b"\r\n") and b"\n" not in raw.replace(b"\r\n", b""), "lines end in CRLF"
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75, f"a line of {len(line)} octets"
        line.decode()  # no character is cut
    calendar = icalendar.Calendar.from_ical(raw)
    assert calendar["VERSION"] == "2.0" and calendar["PRODID"], "version and product"
    zones = {str(z["TZID"]) for z in calendar.walk("VTIMEZONE")}
    events = calendar.walk("VEVENT")
    assert len(events) == 1, f"{len(events)} events"
    for name in ("DTSTART", "DTEND"):
        assert events[0][name].params["TZID"] in zones, f"{name} in a zone that the file does not define"
        assert events[0][name].dt.utcoffset() == datetime.timedelta(hours=9), f"{name} is not Japan's time"
    assert events[0]["DTSTAMP"].dt.utcoffset() == datetime.timedelta(0), "DTSTAMP is not in UTC"
    assert not events[0].errors, events[0].errors
    return str(calendar["METHOD"]), events[0]


def attendees(event):
    people = event["ATTENDEE"]
    return people if isinstance(people, list) else [people]


def people_of(event):
    people = attendees(event)
    for p in people:
        assert p.lower().startswith("mailto:") and p.params["ROLE"] in ROLES, f"attendee {p}"
    return {str(p): p.params["ROLE"] for p in people}


def series(files):
    """Holds calendar files, by name in their order, to be one appointment: an invitation, its moves, its cancellation.
    Returns the UID and of each file method, sequence and start."""
    uid, organizer, people, before, told = None, None, None, -1, []
    for name, raw in files:
        method, event = event_of(raw)
        assert event["DTEND"].dt > event["DTSTART"].dt, "the end is not after the start"
        assert method == {"CONFIRMED": "REQUEST", "CANCELLED": "CANCEL"}[event["STATUS"]], "method and status differ"
        assert (method == "REQUEST") == all(p.params.get("RSVP") == "TRUE" for p in attendees(event)), "who is asked to answer"
        assert uid in (None, event["UID"]) and organizer in (None, event["ORGANIZER"]), "another UID or organizer"
        assert people in (None, people_of(event)), "other attendees"
        assert int(event["SEQUENCE"]) > before, "the sequence does not rise"
        uid, organizer, people, before = event["UID"], event["ORGANIZER"], people_of(event), int(event["SEQUENCE"])
        told.append((method, before, event["DTSTART"].dt))
        print(f"{name}: {method} {before}, {event['DTSTART'].dt:%Y-%m-%d %H:%M%z} to {event['DTEND'].dt:%H:%M}, "
              f"{len(people)} attendee(s), {event['SUMMARY']}")
    return str(uid), told


def main(paths):
    assert len(paths) > 1, "no files"
    files = []
    for path in sorted(paths):
        with open(path, "rb") as f:
            files.append((path, f.read()))
    series(files)


if __name__ == "__main__":
    main(sys.argv[1:])

#!/usr/bin/python3
"""Do other programs open what ooxmlcrypt locks, and only with the password? Does it open what they lock?

crypt.py CRYPT SHEET FOLDER [SHARED-FOLDER]
"""

import csv
import glob
import io
import json
import os
import subprocess
import sys
import time
import zipfile

import olefile
import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.uno import Exception as UnoException

from locked import mso
from post import Failed, check

PASSWORDS = ["Kobe2026!", "k3f9-q2ab-7mwx-t4ey", "神戸　パスワード 髙𠮷 é", "x" * 255]
WRONG, CHANGED = 3, 4  # exit codes of crypt


def run(crypt, *args):
    r = subprocess.run([crypt, *args], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    return r.returncode, r.stdout, r.stderr


def lock(crypt, password, plain, locked):
    code, _, err = run(crypt, "lock", password, plain, locked)
    check(code == 0, "crypt locks", code, err)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def changed(data, stream):
    """The file with one byte changed in the middle of what the compound file calls EncryptedPackage."""
    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        content = ole.openstream(stream).read()
    at = data.index(content[64:128]) + 32
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


class Office:
    """A LibreOffice without a screen, with a profile of its own."""

    def __init__(self, folder):
        pipe = f"uketsuke{os.getpid()}"
        self.process = subprocess.Popen(
            ["soffice", "--headless", "--invisible", "--norestore", "--nologo", f"-env:UserInstallation=file://{folder}/office",
             f"--accept=pipe,name={pipe};urp;"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        resolver = uno.getComponentContext().ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
        end = time.monotonic() + 120
        while True:
            try:
                context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                break
            except UnoException:
                check(time.monotonic() < end and self.process.poll() is None, "LibreOffice starts", self.process.poll())
                time.sleep(0.3)
        self.desktop = context.ServiceManager.createInstance("com.sun.star.frame.Desktop")

    def texts(self, path, password=None):
        """The texts of the first sheet, or None when it does not open."""
        args = [PropertyValue("Hidden", 0, True, 0)]
        if password is not None:
            args.append(PropertyValue("Password", 0, password, 0))
        try:
            doc = self.desktop.loadComponentFromURL(uno.systemPathToFileUrl(path), "_blank", 0, tuple(args))
        except UnoException:
            return None
        if doc is None:
            return None
        try:
            sheet = doc.Sheets.getByIndex(0)
            cursor = sheet.createCursor()
            cursor.gotoEndOfUsedArea(False)
            area = sheet.getCellRangeByPosition(0, 0, cursor.RangeAddress.EndColumn, cursor.RangeAddress.EndRow)
            return [t for row in area.getDataArray() for t in row if isinstance(t, str) and t]
        finally:
            doc.close(True)

    def close(self):
        try:
            self.desktop.terminate()
        except UnoException:
            pass  # it may close the pipe before it answers
        self.process.wait(60)


def leaving(crypt, sheet, folder, office):
    """What crypt locks, opened by the others."""
    plain = read(sheet)
    want = office.texts(sheet)
    check(want and any("株式会社" in t for t in want), "LibreOffice reads the sheet in clear", want)
    for i, password in enumerate(PASSWORDS):
        path = os.path.join(folder, f"locked-{i}.xlsx")
        lock(crypt, password, sheet, path)
        data = read(path)
        check(mso(data, password) == ("agile", plain), f"{i}: msoffcrypto-tool decrypts byte for byte")
        check(mso(data, password + "x")[1] is None, f"{i}: and not with another password")
        check(office.texts(path, password) == want, f"{i}: LibreOffice opens it with the password")
        check(office.texts(path) is None, f"{i}: and not without")
        check(office.texts(path, "x" + password[1:] + "x") is None, f"{i}: nor with another")
        code, out, err = run(crypt, "excelize", password, path)
        check(code == 0 and "株式会社" in out, f"{i}: excelize opens it", code, err)
        code, _, err = run(crypt, "excelize", "wrong", path)
        check(code == 1, f"{i}: and not with another", code, err)
        spoilt = os.path.join(folder, f"spoilt-{i}.xlsx")
        write(spoilt, changed(data, "EncryptedPackage"))
        check(mso(read(spoilt), password)[1] is None, f"{i}: msoffcrypto-tool sees the changed byte")
        check(office.texts(spoilt, password) is None, f"{i}: LibreOffice sees the changed byte")
        check(run(crypt, "open", password, spoilt, "")[0] == CHANGED, f"{i}: so does crypt")
    return len(PASSWORDS)


EMPTY = 100  # bytes of a zip with one empty file that is named by one letter


def package(size):
    """A zip of that size whose content cannot be foretold; under a zip's size, just bytes."""
    if size < EMPTY:
        return os.urandom(size)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("x", os.urandom(size - EMPTY))
    return out.getvalue()


def large(crypt, folder):
    """Packages past the FAT sectors that the header names, and around the mini stream's end."""
    sizes = [0, 1, 15, 16, 4080, 4088, 4089, 4096, 7_200_000, 17_000_000]
    for size in sizes:
        plain, locked, again = (os.path.join(folder, n) for n in ("plain", "large.xlsx", "again"))
        write(plain, package(size))
        check(os.path.getsize(plain) == size, "the package has the size", os.path.getsize(plain), size)
        lock(crypt, "Kobe2026!", plain, locked)
        check(run(crypt, "open", "Kobe2026!", locked, again)[0] == 0 and read(again) == read(plain), f"crypt opens {size} bytes")
        if size >= EMPTY:  # msoffcrypto-tool takes only zips
            check(mso(read(locked), "Kobe2026!") == ("agile", read(plain)), f"msoffcrypto-tool decrypts {size} bytes")
    return len(sizes)


def coming(crypt, folder, shared):
    """Locked files of other programs, with the passwords that are known."""
    files = {}
    with open(f"{shared}/sheets/expected.json", encoding="utf-8") as f:
        files.update({f"sheets/{n}": (v["password"], None) for n, v in json.load(f).items() if v.get("password")})
    with open(f"{shared}/corpus/excel/PASSWORDS.tsv", encoding="utf-8") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            files[f"corpus/{row['path']}"] = (row["password"], row["encryption_class"])
    opened = other = 0
    for name, (password, scheme) in files.items():
        path, out = os.path.join(shared, name), os.path.join(folder, "opened")
        if scheme and not scheme.startswith(("agile", "standard")):
            code, _, err = run(crypt, "inspect", path)
            want = ".xls with" if name.endswith(".xls") else "no locked workbook"
            check(code == 1 and want in err, f"{name}: told as what it is", code, err)
            other += 1
            continue
        code, found, err = run(crypt, "inspect", path)
        check(code == 0 and (not scheme or scheme.startswith(found.strip())), f"{name}: inspected", code, found, err)
        code, _, err = run(crypt, "open", password, path, out)
        check(code == 0 and read(out).startswith(b"PK"), f"{name}: opened", code, err)
        theirs = mso(read(path), password)[1]
        check(theirs is None or theirs == read(out), f"{name}: as msoffcrypto-tool opens it")
        check(run(crypt, "open", password + " ", path, "")[0] == WRONG, f"{name}: not with another password")
        opened += 1
    check(opened >= 11, "the known files are there", opened)
    return opened, other


def bombs(crypt, shared):
    """Whatever is in the corpus: an answer, and no panic."""
    files = [f for f in glob.glob(f"{shared}/corpus/excel/**", recursive=True) if os.path.isfile(f)]
    for path in files:
        code, _, err = run(crypt, "inspect", path)
        check(code in (0, 1) and "panic" not in err, f"{path}: inspected", code, err)
    return len(files)


def main(crypt, sheet, folder, shared=None):
    office = Office(folder)
    try:
        print(f"{leaving(crypt, sheet, folder, office)} passwords: LibreOffice, msoffcrypto-tool and excelize agree")
    finally:
        office.close()
    print(f"{large(crypt, folder)} sizes agree with msoffcrypto-tool")
    if shared:
        print("{} locked files of others opened, {} of other kinds told".format(*coming(crypt, folder, shared)))
        print(f"{bombs(crypt, shared)} files inspected")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failed as e:
        print("FAILED:", e)
        sys.exit(1)

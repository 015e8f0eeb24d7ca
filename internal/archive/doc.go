// Package archive opens archives that came with a mail: ZIP, with and without a password. Pure: bytes in, bytes out,
// nothing is written anywhere; and bounded, whatever the archive says of itself.
//
//  1. The format is told by the bytes. Only ZIP is opened; 7z, RAR, LZH and others are named.
//  2. The directory is read (APPNOTE.TXT 4.3.12). Entries, the sizes it declares, and the ratio to the archive's own size
//     are held against the limits before one byte is expanded.
//  3. Names are UTF-8 where flag bit 11 or the Unicode path field (0x7075) says so; else the caller's decoder reads them,
//     CP932 for most of the Windows world here. They become relative paths that lead nowhere else.
//  4. Where entries are encrypted (ZipCrypto, or WinZip AES in its forms AE-1 and AE-2), each candidate password is tried
//     on one entry: first its check bytes, then the whole entry with its checksum. Candidates and time are bounded.
//  5. Files are expanded one after the other, never beyond what they declared.
package archive

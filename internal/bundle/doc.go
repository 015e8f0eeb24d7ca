// Package bundle writes and reads the workbook in which a case goes to another office of the consortium (移管). People read it
// with Excel, the other office's robot with Read:
//
//	案件   what the case is: label and value, one a row, labels as in labels
//	シート the versions of the entry sheet, with the SHA-256 of the file that goes along
//	支援   the supports, as history
//	経過   the timeline
//
// Every cell is text. The first row of 案件 names the form and its version; a newer version is refused, not half understood.
// Times are in Japan, to the second. Protection is the caller's: what Read gets must have been opened with the password agreed
// with the office, and proved unchanged by that encryption.
//
// Pure: bytes in, a value out, and bounded whatever the workbook says of itself.
package bundle

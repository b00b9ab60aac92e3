nuthatch-manifest 1 8d7428a9 632
{
 "uuid": "d03a83012d062a6871d0fb78564ccdc8",
 "incarnation": 1,
 "epoch": 1,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 0,
   "sealed": {
    "byteCount": 6409,
    "lastSeq": 7,
    "chain": "fe92d2882cda829bbae975168d16a63e"
   }
  },
  {
   "number": 2,
   "firstSeq": 8,
   "codecId": 0
  }
 ],
 "snapshot": {
  "number": 1,
  "seq": 7,
  "byteCount": 11809,
  "frameCount": 3,
  "chain": "78e9c23931b96f475fdf0ed008b64a6d"
 },
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "clean": {
  "page": 2,
  "byteCount": 2113,
  "lastSeq": 13,
  "chain": "fcef5b1c0a35623c14f1b9752d451a8e"
 }
}

nuthatch-manifest 1 63b74d94 497
{
 "uuid": "26f3d00c2ec361c865f25bfef3f4294e",
 "incarnation": 1,
 "epoch": 1,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 0
  }
 ],
 "snapshot": {
  "number": 1,
  "seq": 1,
  "byteCount": 1197,
  "frameCount": 2,
  "chain": "fb21016abec44cdeb35ec1e8b55c1f44"
 },
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "migrations": [
  "0001-title"
 ],
 "clean": {
  "page": 1,
  "byteCount": 1236,
  "lastSeq": 2,
  "chain": "13c0fecba9baba555f152e4051e6a569"
 }
}

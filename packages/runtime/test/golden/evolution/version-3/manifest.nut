nuthatch-manifest 1 a9876468 497
{
 "uuid": "9cdca690fcc59e3b3de42dba54b1f180",
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
  "byteCount": 1182,
  "frameCount": 2,
  "chain": "2ff82eec2f20d009ecbb1e940d237424"
 },
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "migrations": [
  "0001-title"
 ],
 "clean": {
  "page": 1,
  "byteCount": 1224,
  "lastSeq": 2,
  "chain": "9dfe995f214827f502edd5806febaf4b"
 }
}
